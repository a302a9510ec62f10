/** What stands at a path, by where it was found: `why` is for the reader. */
export interface KnownPath {
  readonly path: string;
  readonly kind: 'settings' | 'file' | 'picture' | 'tool';
  readonly why: string;
}

/**
 * Paths that are asked for beside `/` and the declared ones, by GET: where settings, files and pictures were found open.
 * All are public from makers' manuals and advisories. None does anything but show. The first in the list matter most: a
 * service that stops answering is asked for no more.
 */
export const KNOWN_PATHS: readonly KnownPath[] = [
  { path: '/admin', kind: 'settings', why: 'administration, in many products' },
  { path: '/config', kind: 'settings', why: 'settings, or a folder of their files' },
  { path: '/settings', kind: 'settings', why: 'settings' },
  { path: '/status', kind: 'settings', why: 'state of the network and of the device' },
  { path: '/api/config', kind: 'settings', why: 'settings of single-page interfaces' },
  { path: '/config.json', kind: 'settings', why: 'settings as a file' },
  { path: '/backup.cfg', kind: 'file', why: 'a backup of the settings' },
  { path: '/config.cfg', kind: 'file', why: 'a backup of the settings' },
  { path: '/login', kind: 'tool', why: 'where a login is asked for, if not at the front' },
  { path: '/cgi-bin', kind: 'tool', why: 'where a login is asked for, if not at the front' },
  { path: '/config.bin', kind: 'file', why: 'a backup of the settings, as routers name it' },
  { path: '/config.xml', kind: 'file', why: 'a backup of the settings' },
  { path: '/backup.tar.gz', kind: 'file', why: 'a backup of the settings, as OpenWrt makes it' },
  { path: '/backup/', kind: 'file', why: 'a folder of backups' },
  { path: '/api/settings', kind: 'settings', why: 'settings of single-page interfaces' },
  { path: '/api/v1/config', kind: 'settings', why: 'settings of single-page interfaces' },
  { path: '/api/users', kind: 'settings', why: 'accounts of single-page interfaces' },
  { path: '/api/wifi', kind: 'settings', why: 'Wi-Fi settings of single-page interfaces' },
  { path: '/api/status', kind: 'settings', why: 'state of single-page interfaces' },
  { path: '/settings.json', kind: 'settings', why: 'settings as a file' },
  { path: '/wifi', kind: 'settings', why: 'Wi-Fi settings of small devices' },
  { path: '/network', kind: 'settings', why: 'network settings of small devices' },
  { path: '/etc/passwd', kind: 'file', why: 'the whole file system as the root of the server' },
  { path: '/log', kind: 'file', why: 'a log' },
  { path: '/logs/', kind: 'file', why: 'a folder of logs' },
  { path: '/system.log', kind: 'file', why: 'a log, as cameras name it' },
  { path: '/.env', kind: 'file', why: 'environment of an application, with its secrets' },
  { path: '/.git/config', kind: 'file', why: 'a copied repository, with its remote' },
  { path: '/.htpasswd', kind: 'file', why: 'the accounts of the server itself' },
  { path: '/uploads/', kind: 'file', why: 'a folder of what users gave' },
  { path: '/snapshot.jpg', kind: 'picture', why: 'the picture of a camera' },
  { path: '/cgi-bin/snapshot.cgi', kind: 'picture', why: 'the picture of a camera' },
  { path: '/onvif-http/snapshot', kind: 'picture', why: 'the picture of a camera, by ONVIF GetSnapshotUri' },
  { path: '/mjpg/video.mjpg', kind: 'picture', why: 'the stream of a camera' },
  { path: '/phpinfo.php', kind: 'tool', why: 'what PHP says of its machine' },
  { path: '/server-status', kind: 'tool', why: 'who asks what of Apache' },
  { path: '/actuator/env', kind: 'tool', why: 'the environment of a Spring application' },
];

/** Those that only show settings: what a login may be tried on. */
export const SETTINGS_PATHS: readonly string[] = KNOWN_PATHS.filter(({ kind }) => kind === 'settings').map(
  ({ path }) => path,
);

/** The paths that are asked for, and those of them that an accepted login is tried on. */
export interface Paths {
  readonly known: readonly KnownPath[];
  readonly settings: readonly string[];
}

export const PATHS: Paths = { known: KNOWN_PATHS, settings: SETTINGS_PATHS };
