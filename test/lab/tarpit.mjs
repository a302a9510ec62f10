// A device that wastes a tester's time: silent ports, an endless banner, dripping and endless HTTP bodies, resets.
// Plain Node: it runs in a namespace of its own. `node tarpit.mjs ADDRESS`.
import net from 'node:net';

const host = process.argv[2];
const serve = (port, handler) =>
  net
    .createServer((socket) => {
      socket.on('error', () => socket.destroy());
      handler(socket);
    })
    .listen(port, host);

const forever = (socket, every, bytes) => {
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else if (socket.writableLength < 65_536) socket.write(bytes());
  }, every);
  socket.on('close', () => clearInterval(timer));
};

for (const port of [22, 7000, 7001, 7002]) serve(port, () => undefined);
serve(23, (socket) => forever(socket, 1, () => Buffer.alloc(512, 0x41)));
serve(2222, (socket) => forever(socket, 10_000, () => 'S'));
serve(80, (socket) =>
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: drip\r\n\r\n');
    forever(socket, 1_000, () => 'x');
  }),
);
serve(8080, (socket) =>
  socket.once('data', () => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nServer: endless\r\n\r\n');
    forever(socket, 1, () => Buffer.alloc(4_096, 0x78));
  }),
);
serve(443, (socket) => socket.resetAndDestroy());
serve(8443, (socket) => socket.once('data', () => socket.resetAndDestroy()));
serve(9999, (socket) => socket.on('data', () => socket.write('OK\r\n')));
