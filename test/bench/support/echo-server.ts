import Fastify from 'fastify';

/**
 * The floor of any HTTP answer here: Fastify as the ingress configures it, giving back the body it got. Prints its port on a line.
 * It does not parse: what Millrace does beyond reading and writing bytes is what the ratio to it shows.
 */
const app = Fastify({ logger: false, bodyLimit: 64 * 1024 * 1024 });
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/echo', (request, reply) => reply.header('content-type', 'application/octet-stream').send(request.body));
await app.listen({ port: 0, host: '127.0.0.1' });
const address = app.server.address();
process.stdout.write(`${typeof address === 'object' && address !== null ? address.port : 0}\n`);
