import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { describe, test } from 'node:test'
import { type Counter, defaultRegistry, type Family, type Gauge, PlimsollError, Registry, type Timer } from 'plimsoll'
import { Metered, metered, template } from 'plimsoll/objects'
import { ManualClock } from 'plimsoll/testing'

/** All metrics of a registry by name, with their value or count. */
function valuesOf(registry: Registry): Record<string, unknown> {
  const entries = registry.read().families.map(({ name, series }) => {
    const [one] = series as readonly { value?: unknown; count?: unknown }[]
    return [name, one?.value ?? one?.count]
  })
  return Object.fromEntries(entries)
}

describe('A class that extends Metered', () => {
  test('has metrics of its own in each subclass, for the methods of the base class too, and none in an abstract base.', () => {
    const registry = new Registry()
    abstract class Endpoint extends Metered(
      'my.http.endpoints.{}',
      { latency: template.timer(), errors: template.counter() },
      { registry },
    ) {
      abstract answer(): string
      handle(): string {
        try {
          return this.latency.time(() => this.answer())
        } catch {
          this.errors.inc()
          return ''
        }
      }
    }
    class Users extends Endpoint {
      answer(): string {
        return 'ok'
      }
    }
    class Orders extends Endpoint {
      answer(): string {
        throw new Error('out of stock')
      }
    }
    assert.deepEqual(valuesOf(registry), {})
    const users = [new Users(), new Users()]
    for (const user of users) user.handle()
    new Orders().handle()
    assert.deepEqual(valuesOf(registry), {
      'my.http.endpoints.Orders.errors': 1,
      'my.http.endpoints.Orders.latency': 1,
      'my.http.endpoints.Users.errors': 0,
      'my.http.endpoints.Users.latency': 2,
    })
    assert.equal(users[0]?.latency, users[1]?.latency)
    assert.equal(users[0]?.latency, registry.timer('my.http.endpoints.Users.latency'))
  })

  test('keeps a class apart from those that extend it, whichever has objects first.', () => {
    const registry = new Registry()
    class Animal extends Metered('animals.{}', { born: template.counter() }, { registry }) {
      constructor() {
        super()
        this.born.inc()
      }
    }
    class Dog extends Animal {}
    class Puppy extends Dog {}
    new Animal()
    new Puppy()
    new Dog()
    new Dog()
    new Puppy()
    new Puppy()
    assert.deepEqual(valuesOf(registry), { 'animals.Animal.born': 1, 'animals.Dog.born': 2, 'animals.Puppy.born': 3 })
  })

  test('extends what it is told, whose constructor may already record.', () => {
    const registry = new Registry()
    class Listener extends EventEmitter {
      readonly size: number
      constructor(size: number) {
        super()
        this.size = size
        this.opened()
      }
      opened(): void {}
    }
    class Door extends Metered('doors.{}', { opens: template.counter() }, { registry, base: Listener }) {
      override opened(): void {
        this.opens.inc()
      }
    }
    const door = new Door(7)
    door.on('shut', () => this)
    assert(door instanceof Listener && door.size === 7)
    assert.deepEqual(valuesOf(registry), { 'doors.Door.opens': 1 })
  })

  test('leaves objects as they are: metrics are no properties of their own.', () => {
    class Plain extends Metered('plain.{}', { count: template.counter() }, { registry: new Registry() }) {
      readonly mine = 1
    }
    const plain = new Plain()
    assert.deepEqual(Object.keys(plain), ['mine'])
    assert.throws(() => Object.assign(plain, { count: 1 }), TypeError)
  })

  test('makes a name of a metric from any name of a class.', () => {
    const registry = new Registry()
    class Base extends Metered('c.{}', { n: template.counter() }, { registry }) {}
    class $Ünder_score extends Base {}
    class Named extends Base {
      static override readonly name: string = 'kept-by-hand'
    }
    class Odd extends Base {
      static override readonly name = 7 as unknown as string
    }
    for (const One of [$Ünder_score, Named, Odd, class extends Base {}, class extends Base {}]) new One().n.inc()
    assert.deepEqual(valuesOf(registry), { 'c.__nder_score.n': 1, 'c.anonymous.n': 3, 'c.kept-by-hand.n': 1 })
  })

  test('shares metrics with classes of the same name below the same path.', () => {
    const registry = new Registry()
    const make = (): (new () => { n: Counter }) => {
      class Base extends Metered('same.{}', { n: template.counter() }, { registry }) {}
      return class Twin extends Base {}
    }
    const [one, other] = [new (make())(), new (make())()]
    assert.equal(one.n, other.n)
  })

  test('is refused with its first object where a name is taken, with the lines of both declarations.', () => {
    const registry = new Registry()
    registry.gauge('taken.Users.n')
    class Base extends Metered('taken.{}', { n: template.counter() }, { registry }) {}
    class Users extends Base {}
    assert.throws(
      () => new Users(),
      (error) => {
        assert(error instanceof PlimsollError)
        assert.match(
          error.message,
          /kind "counter" at .*per-class\.test\.js:\d+:\d+\)?, kind "gauge" at .*per-class\.test/,
        )
        return error.code === 'PLIMSOLL_FAMILY_CONFLICT'
      },
    )
  })
})

describe('A field that is decorated with metered', () => {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  abstract class Job {
    @metered('jobs.{}.duration', template.timer(), { registry }) readonly duration!: Timer
    @metered('jobs.{}.byQueue', template.counter({ labels: ['queue'] }), { registry })
    readonly byQueue!: Family<Counter, 'queue'>
    run(): void {
      this.duration.time(() => clock.advance(2))
      this.byQueue.labels({ queue: 'mail' }).inc()
    }
  }
  class Send extends Job {}
  class Resend extends Send {
    @metered('jobs.all.resent', template.counter(), { registry }) static readonly resent: Counter
    @metered('jobs.{}.secret', template.counter(), { registry }) readonly #secret!: Counter
    override run(): void {
      super.run()
      Resend.resent.inc()
      this.#secret.inc()
    }
  }

  test('has the metric of the class of its object, also in methods of the base class.', () => {
    for (const job of [new Send(), new Resend(), new Resend()]) job.run()
    assert.deepEqual(
      registry.read().families.map(({ name }) => name),
      [
        'jobs.Resend.byQueue',
        'jobs.Resend.duration',
        'jobs.Resend.secret',
        'jobs.Send.byQueue',
        'jobs.Send.duration',
        'jobs.all.resent',
      ],
    )
    assert.equal(registry.timer('jobs.Send.duration').sum, 2)
    assert.equal(registry.timer('jobs.Resend.duration').count, 2)
    assert.equal(registry.counter('jobs.all.resent').value, 2)
    assert.equal(registry.counter('jobs.Resend.secret').value, 2)
  })

  test('is in the default registry unless it says another.', () => {
    class Once {
      @metered('per-class-test.{}.n', template.counter()) readonly n!: Counter
    }
    assert.equal(new Once().n, defaultRegistry.counter('per-class-test.Once.n'))
  })

  test('is refused with the first object where a name is taken, with the line of the decorator.', () => {
    const own = new Registry()
    class First {
      @metered('one', template.counter(), { registry: own }) readonly n!: Counter
    }
    class Second {
      @metered('one', template.gauge(), { registry: own }) readonly n!: Gauge
    }
    assert(new First().n)
    assert.throws(
      () => new Second(),
      /kind "gauge" at .*per-class\.test\.js:\d+:\d+\)?, kind "counter" at .*per-class\.test\.js:\d+/,
    )
  })
})
