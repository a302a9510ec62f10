"""A GStreamer RTSP server with a login. Arguments: address, port, basic or digest, then user:password:path,path of each account."""
import sys
import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer

Gst.init(None)
address, port, scheme, *accounts = sys.argv[1:]
server = GstRtspServer.RTSPServer()
server.set_address(address)
server.set_service(port)
auth = GstRtspServer.RTSPAuth()
paths = {}
for account in accounts:
    user, password, reached = account.split(":")
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", user)
    if scheme == "digest":
        auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
        auth.add_digest(user, password, token)
    else:
        auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    for path in reached.split(","):
        paths.setdefault(path, []).append(user)
server.set_auth(auth)
for path, users in paths.items():
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch("( videotestsrc ! video/x-raw,width=16,height=16 ! rtpvrawpay name=pay0 pt=96 )")
    permissions = GstRtspServer.RTSPPermissions()
    for user in users:
        permissions.add_permission_for_role(user, "media.factory.access", True)
        permissions.add_permission_for_role(user, "media.factory.construct", True)
    factory.set_permissions(permissions)
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
