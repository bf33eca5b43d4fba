// Express: routes are recorded by themselves, with the paths of all mounts.
//
//   npm install plimsoll express
//   node --require plimsoll/register express.mjs
//   curl localhost:3000/orgs/acme/members/7
//   npx plimsoll show
import express, { Router } from 'express'

const members = Router()
members.get('/members/:id', (request, response) => response.json({ id: request.params.id }))

const app = express()
app.get('/', (_request, response) => response.send('Hello'))
app.use('/orgs/:org', members)

const server = app.listen(process.env.PORT ?? 3000, () => {
  console.log(`http://localhost:${server.address().port}`)
})
