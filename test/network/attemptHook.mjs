// Loaded before a process's own code (`node --import`): writes down every attempt to reach anything but a local
// socket, so that even a refused or very short connection is seen. The attempt itself is let through.

import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import net from 'node:net';

const file = process.env.NETWORK_ATTEMPTS;
const note = (what) => {
  if (file) appendFileSync(file, `${process.pid} ${what}\n`);
};
const local = (host) => host === undefined || /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(String(host));

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const [first] = Array.isArray(args[0]) ? args[0] : args;
  const target = typeof first === 'object' && first !== null ? first : { port: first, host: args[1] };
  const isPath = target.path !== undefined || (typeof first === 'string' && Number.isNaN(Number(first)));
  if (!isPath && !local(typeof target.host === 'string' ? target.host : undefined))
    note(`connect ${target.host}:${target.port}`);
  return connect.apply(this, args);
};
for (const owner of [dns, dns.promises]) {
  for (const name of ['lookup', 'resolve', 'resolve4', 'resolve6']) {
    const original = owner[name];
    if (typeof original !== 'function') continue;
    owner[name] = function (host, ...rest) {
      if (!local(host)) note(`lookup ${host}`);
      return original.call(this, host, ...rest);
    };
  }
}
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (...args) {
  note('datagram');
  return send.apply(this, args);
};
const { fetch } = globalThis;
globalThis.fetch = function (input, ...rest) {
  note(`fetch ${typeof input === 'string' ? input : (input?.url ?? input)}`);
  return fetch.call(this, input, ...rest);
};
note('watched');
