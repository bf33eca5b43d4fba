import * as library from '@prometheus-io/client'
import { type PrometheusLibrary, type PrometheusRival, prometheusRival } from './prometheus.ts'

/** The successor of prom-client. Its package asks for Node 22; it runs on 20 all the same. */
export const prometheusClient: PrometheusRival = await prometheusRival(
  '@prometheus-io/client',
  library as unknown as PrometheusLibrary,
)
