// Fastify: routes are recorded by themselves, with the prefixes of all plugins.
//
//   npm install plimsoll fastify
//   node --require plimsoll/register fastify.mjs
//   curl localhost:3000/orgs/acme/members/7
//   npx plimsoll show
import fastify from 'fastify'

async function members(plugin) {
  plugin.get('/members/:id', async (request) => ({ id: request.params.id }))
}

const app = fastify()
app.get('/', async () => 'Hello')
app.register(members, { prefix: '/orgs/:org' })

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000) }))
