// connect.js ADDRESS PORT HOST
const tls = require('tls');
const [address, port, host] = process.argv.slice(2);
const options = {host: address, port: Number(port), timeout: 20000};
options.checkServerIdentity = (_, certificate) => tls.checkServerIdentity(host, certificate);
if (require('net').isIP(host) === 0) options.servername = host;
const leave = (text) => { console.log(text); process.exit(); };
const socket = tls.connect(options, () => leave('accepted'));
socket.on('error', (e) => leave((e.syscall ? 'failed: ' : 'refused: ') + e.code + ': ' + e.message));
socket.on('timeout', () => leave('failed: no answer'));
