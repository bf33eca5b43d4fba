import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import {
  type Context,
  type ContextManager,
  context,
  ROOT_CONTEXT,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { MeterProvider } from 'plimsoll/opentelemetry'
import { createTestRegistry } from 'plimsoll/testing'

const sampled: SpanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: TraceFlags.SAMPLED,
}
const labels = { trace_id: sampled.traceId, span_id: sampled.spanId }

/** The context that belongs to what runs, as the packages of OpenTelemetry for Node keep it. */
class Manager implements ContextManager {
  private readonly storage = new AsyncLocalStorage<Context>()
  active(): Context {
    return this.storage.getStore() ?? ROOT_CONTEXT
  }
  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    given: Context,
    fn: F,
    self?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    return this.storage.run(given, () => fn.call(self as ThisParameterType<F>, ...args))
  }
  bind<T>(_: Context, target: T): T {
    return target
  }
  enable(): this {
    return this
  }
  disable(): this {
    return this
  }
}

test('A value that is recorded in a sampled span keeps its trace and span as the exemplar', () => {
  const { registry } = createTestRegistry()
  const meter = new MeterProvider({ registry, exemplars: true, scopeLabels: false }).getMeter('shop')
  const orders = meter.createCounter('orders')
  const sizes = meter.createHistogram('sizes')
  context.setGlobalContextManager(new Manager())
  try {
    context.with(trace.setSpanContext(ROOT_CONTEXT, sampled), () => {
      orders.add(3)
      sizes.record(5)
    })
    orders.add(1)
    context.with(trace.setSpanContext(ROOT_CONTEXT, { ...sampled, traceFlags: TraceFlags.NONE }), () => orders.add(4))
    sizes.record(100, {}, trace.setSpanContext(ROOT_CONTEXT, sampled))
    meter.createUpDownCounter('waiting').add(1, {}, trace.setSpanContext(ROOT_CONTEXT, sampled))
  } finally {
    context.disable()
  }
  const time = 1_700_000_000
  const found = registry
    .read()
    .families.map(({ series: [one] }) => (one && 'exemplars' in one ? one.exemplars : undefined))
  assert.deepEqual(found, [
    [{ labels, value: 3, time }],
    [
      { labels, value: 5, time },
      { labels, value: 100, time },
    ],
    undefined,
  ])
})

test('Exemplars are kept only where that is asked for', () => {
  const { registry } = createTestRegistry()
  const meter = new MeterProvider({ registry }).getMeter('shop')
  meter.createCounter('orders').add(1, {}, trace.setSpanContext(ROOT_CONTEXT, sampled))
  const [orders] = registry.read().families
  assert.equal('exemplars' in (orders?.series[0] ?? {}), false)
})
