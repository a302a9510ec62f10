/**
 * Where cameras and recorders are documented to have their streams, by the maker whose manuals name the path; it is
 * copied by many others. Beside them the root and the declared paths are asked for.
 */
export const COMMON_PATHS: readonly string[] = [
  '/live',
  '/stream1', // TP-Link
  '/live.sdp', // Vivotek
  '/h264',
  '/11', // HiSilicon
  '/onvif1',
  '/live/ch00_0',
  '/Streaming/Channels/101', // Hikvision
  '/h264/ch1/main/av_stream', // Hikvision, before 2012
  '/cam/realmonitor?channel=1&subtype=0', // Dahua
  '/axis-media/media.amp', // Axis
  '/videoMain', // Foscam
  '/h264Preview_01_main', // Reolink
  '/profile1/media.smp', // Hanwha
  '/MediaInput/h264', // Panasonic
  '/media/video1', // Sony
  '/rtsp_tunnel', // Bosch
  '/s0', // Ubiquiti
  '/live1.sdp', // D-Link
  '/ch0_0.h264',
  '/video1',
  '/stream',
  '/test', // gst-rtsp-server's examples
];
