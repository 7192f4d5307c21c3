/** The file by which a program's stage hand is told what to do, and what makes a program have one. */
import { renameSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { calmStage } from './stage-hand.ts'
import type { Stage } from './stage-hand.ts'

export interface StageDirections {
  /** For the program's environment. */
  readonly environment: Record<string, string>
  readonly current: Stage
  change(change: Partial<Stage>): void
  /** Another order of that kind. */
  stall(milliseconds: number): void
  endThread(): void
}

// Compiled, this file lies in server/dist/testing/torture.
const isCompiled = import.meta.url.endsWith('.js')
const place = isCompiled ? './stage-hand.js' : '../../dist/testing/torture/stage-hand.js'
const stageHand = fileURLToPath(new URL(place, import.meta.url))

export function createStage(file: string): StageDirections {
  let current = calmStage

  function change(changed: Partial<Stage>): void {
    current = { ...current, ...changed }
    // Whole or not at all, for whoever reads it at that moment.
    writeFileSync(`${file}.new`, JSON.stringify(current))
    renameSync(`${file}.new`, file)
  }

  change({})
  return {
    environment: { PARLEY_TEST_STAGE: file, NODE_OPTIONS: `--import ${stageHand}` },
    get current() {
      return current
    },
    change,
    stall: (milliseconds) => change({ stall: { order: current.stall.order + 1, milliseconds } }),
    endThread: () => change({ threadEnd: { order: current.threadEnd.order + 1 } }),
  }
}
