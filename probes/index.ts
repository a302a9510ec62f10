import type { Probe } from '../src/observe/probe.ts';
import adbAccess from './adb-access/probe.ts';
import bacnetIdentity from './bacnet-identity/probe.ts';
import clientCertificate from './client-certificate/probe.ts';
import coapResources from './coap-resources/probe.ts';
import debugAccess from './debug-access/probe.ts';
import dtlsLogin from './dtls-login/probe.ts';
import dtlsServer from './dtls-server/probe.ts';
import dtlsService from './dtls-service/probe.ts';
import ftpAccess from './ftp-access/probe.ts';
import httpHardening from './http-hardening/probe.ts';
import httpLogin from './http-login/probe.ts';
import httpRedirect from './http-redirect/probe.ts';
import identity from './identity/probe.ts';
import mailChannel from './mail-channel/probe.ts';
import modbusIdentity from './modbus-identity/probe.ts';
import mqttAccess from './mqtt-access/probe.ts';
import mysqlLogin from './mysql-login/probe.ts';
import onvifAccess from './onvif-access/probe.ts';
import postgresqlLogin from './postgresql-login/probe.ts';
import quicServer from './quic-server/probe.ts';
import redisAccess from './redis-access/probe.ts';
import rtspAccess from './rtsp-access/probe.ts';
import service from './service/probe.ts';
import snmpAccess from './snmp-access/probe.ts';
import sshLogin from './ssh-login/probe.ts';
import sshServer from './ssh-server/probe.ts';
import telnetLogin from './telnet-login/probe.ts';
import tftpAccess from './tftp-access/probe.ts';
import tlsServer from './tls-server/probe.ts';
import updateChannel from './update-channel/probe.ts';
import upnpAccess from './upnp-access/probe.ts';
import vncLogin from './vnc-login/probe.ts';

/** All probes, in the order in which they are aimed. Their libraries are loaded when they first observe. */
export const probes: readonly Probe[] = [
  service,
  tlsServer,
  dtlsServer,
  dtlsService,
  quicServer,
  sshServer,
  httpRedirect,
  httpHardening,
  mailChannel,
  identity,
  upnpAccess,
  bacnetIdentity,
  modbusIdentity,
  tftpAccess,
  updateChannel,
  sshLogin,
  telnetLogin,
  httpLogin,
  ftpAccess,
  mqttAccess,
  snmpAccess,
  coapResources,
  dtlsLogin,
  rtspAccess,
  onvifAccess,
  adbAccess,
  debugAccess,
  vncLogin,
  redisAccess,
  postgresqlLogin,
  mysqlLogin,
  clientCertificate,
];
