// The receiver in Node with fastify, two processes, one a core. OUTPUT is the file
// that the users go to, with the worker's number behind it; FDATASYNC=1: they are
// on disk before the answer.
'use strict';

const cluster = require('node:cluster');
const { open } = require('node:fs/promises');

async function serve() {
	const file = await open(`${process.env.OUTPUT}.${cluster.worker.id}`, 'a');
	const fdatasync = process.env.FDATASYNC === '1';
	const app = require('fastify')();

	app.register(require('@fastify/formbody'));
	app.post('/', async (request, reply) => {
		const users = JSON.parse(request.body.users);
		if (!users.every((user) => Object.hasOwn(user, '$distinct_id')))
			return reply.code(400).send('a user has no $distinct_id\n');
		const lines = users.map((user) => JSON.stringify(user) + '\n').join('');
		await file.appendFile(lines);
		if (fdatasync)
			await file.datasync();
		return `stored ${users.length} users\n`;
	});
	await app.listen({ path: process.env.SOCKET });
}

if (cluster.isPrimary) {
	cluster.fork();
	cluster.fork();
	cluster.on('exit', () => process.exit(1));
} else {
	serve();
}
