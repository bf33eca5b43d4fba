import * as library from 'prom-client'
import { type PrometheusLibrary, type PrometheusRival, prometheusRival } from './prometheus.ts'

/** prom-client 15, the library that most apps have. */
export const promClient: PrometheusRival = await prometheusRival('prom-client', library as unknown as PrometheusLibrary)
