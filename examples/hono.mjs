// Hono on Node: one middleware before the routes records them.
//
//   npm install plimsoll hono @hono/node-server
//   node --require plimsoll/register hono.mjs
//   curl localhost:3000/orgs/acme/members/7
//   npx plimsoll show
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { recordRoutes } from 'plimsoll/hono'

const members = new Hono()
members.get('/members/:id', (c) => c.json({ id: c.req.param('id') }))

const app = new Hono()
app.use(recordRoutes())
app.get('/', (c) => c.text('Hello'))
app.route('/orgs/:org', members)

serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000) }, ({ port }) => {
  console.log(`http://localhost:${port}`)
})
