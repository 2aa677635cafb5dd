// The receiver in Bun, two processes on one port, one a core. OUTPUT is the file
// that the users go to, with the process's number behind it; FDATASYNC=1: they are
// on disk before the answer.
import { open } from 'node:fs/promises';

async function serve(number) {
	const file = await open(`${process.env.OUTPUT}.${number}`, 'a');
	const fdatasync = process.env.FDATASYNC === '1';

	async function receive(request) {
		const form = new URLSearchParams(await request.text());
		const users = JSON.parse(form.get('users'));
		if (!users.every((user) => Object.hasOwn(user, '$distinct_id')))
			return new Response('a user has no $distinct_id\n', { status: 400 });
		const lines = users.map((user) => JSON.stringify(user) + '\n').join('');
		await file.appendFile(lines);
		if (fdatasync)
			await file.datasync();
		return new Response(`stored ${users.length} users\n`);
	}
	Bun.serve({
		hostname: '127.0.0.1', port: process.env.PORT, reusePort: true,
		fetch: receive,
		error: (error) => new Response(`${error.message}\n`, { status: 400 }),
	});
}

if (process.env.NUMBER) {
	serve(process.env.NUMBER);
} else {
	const [program, script] = process.argv;
	for (const NUMBER of ['1', '2'])
		Bun.spawn([program, script], {
			env: { ...process.env, NUMBER }, stdio: ['ignore', 'inherit', 'inherit'],
			onExit: () => process.exit(1),
		});
}
