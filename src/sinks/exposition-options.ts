import { checkExpositionOptions, type ExpositionOptions, expositionRules } from '../formats/exposition/options.ts'

/** What sinks of the Prometheus data model let choose of its names and bounds. */
export type ExpositionChoice = Pick<ExpositionOptions, 'bucketsPerOctave' | 'buckets' | 'names'>

const { bucketsPerOctave, buckets, names } = expositionRules
export const expositionChoiceRules: Pick<typeof expositionRules, keyof ExpositionChoice> = {
  bucketsPerOctave,
  buckets,
  names,
}

/** These of the options of a sink. Throws PLIMSOLL_OPTION_INVALID. */
export function expositionChoice(options: ExpositionChoice, where: string): ExpositionChoice {
  const chosen = {
    ...(options.bucketsPerOctave && { bucketsPerOctave: options.bucketsPerOctave }),
    ...(options.buckets && { buckets: options.buckets }),
    ...(options.names && { names: options.names }),
  }
  checkExpositionOptions(chosen, where)
  return chosen
}
