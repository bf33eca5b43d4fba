// Koa: one middleware before the router records routes.
//
//   npm install plimsoll koa @koa/router
//   node --require plimsoll/register koa.mjs
//   curl localhost:3000/orgs/acme/members/7
//   npx plimsoll show
import Router from '@koa/router'
import Koa from 'koa'
import { recordRoutes } from 'plimsoll/koa'

const router = new Router()
router.get('/', (context) => {
  context.body = 'Hello'
})
const members = new Router()
members.get('/members/:id', (context) => {
  context.body = { id: context.params.id }
})
router.use('/orgs/:org', members.routes())

const app = new Koa()
app.use(recordRoutes())
app.use(router.routes())

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
