import type { Labels } from '../snapshot/snapshot.ts'

/**
 * The labels of a group as the Pushgateway has them in the path of its URLs: `/job/shop/instance/a`. A value with a `/` in it, or
 * none in it, is base64: `/job@base64/L3Zhcg`, and `/instance@base64/=`
 * (https://github.com/prometheus/pushgateway#url).
 */
export function groupingPath(labels: Labels): string {
  let path = ''
  for (const [name, value] of Object.entries(labels)) path += `/${segments(name, value)}`
  return path
}

function segments(name: string, value: string): string {
  if (value === '') return `${name}@base64/=`
  // Dots alone would be taken for steps of the path.
  if (!value.includes('/') && !/^\.+$/.test(value) && !/[\ud800-\udfff]/u.test(value))
    return `${name}/${encodeURIComponent(value)}`
  return `${name}@base64/${Buffer.from(value).toString('base64url')}`
}
