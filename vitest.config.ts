import { defineConfig } from 'vitest/config'

const exclude = ['**/node_modules/**', '**/dist/**']

/** A busy machine is no reason to fail: what is waited for comes, or the test's own time ends. */
const patience = {
  testTimeout: 60_000,
  hookTimeout: 120_000,
  expect: { poll: { timeout: 30_000 } },
}

/** `quick` needs nothing but Node; `integration` uses real databases, processes and browsers. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'quick',
          include: ['**/*.test.ts'],
          exclude: [...exclude, '**/*.integration.test.ts'],
          ...patience,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['**/*.integration.test.ts'],
          exclude,
          ...patience,
          // More than the cores of the smallest machine: much of what they do is waiting for other processes.
          maxWorkers: 3,
          // After the quick ones, where both are asked for.
          sequence: { groupOrder: 1 },
          globalSetup: ['server/testing/global-setup.ts', 'element/testing/built-element.ts'],
        },
      },
    ],
  },
})
