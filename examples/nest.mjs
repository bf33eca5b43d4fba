// NestJS, on Express or Fastify: routes are recorded by themselves.
//
//   npm install plimsoll @nestjs/core @nestjs/common @nestjs/platform-express reflect-metadata rxjs
//   node --require plimsoll/register nest.mjs
//   curl localhost:3000/orgs/acme/members/7
//   npx plimsoll show
import 'reflect-metadata'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'

class Home {
  hello() {
    return 'Hello'
  }
}

class Members {
  find(id) {
    return { id }
  }
}

class App {}

// What the compiler makes of decorators, so that Node runs this file as it is.
const decorate = (target, name, ...decorators) =>
  Reflect.decorate(decorators, target.prototype, name, Object.getOwnPropertyDescriptor(target.prototype, name))
Controller()(Home)
decorate(Home, 'hello', Get())
Controller('orgs/:org')(Members)
decorate(Members, 'find', Get('members/:id'))
Param('id')(Members.prototype, 'find', 0)
Module({ controllers: [Home, Members] })(App)

const app = await NestFactory.create(App, { logger: false })
await app.listen(process.env.PORT ?? 3000)
console.log(await app.getUrl())
