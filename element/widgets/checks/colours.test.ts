import { describe, expect, test } from 'vitest'
import { borderColours, readColour, readPaint, surfaceColours, textColours } from './colours.ts'

describe('colours from the wire', () => {
  test('[WIDGET-12] tokens, primitives, CSS colours and one for each scheme are taken', () => {
    expect(readColour('secondary', textColours)).toBe('var(--muted)')
    expect(readColour('surface-elevated', surfaceColours)).toBe('var(--elevated)')
    expect(readColour('strong', borderColours)).toBe('var(--line-strong)')
    expect(readColour('red-500', textColours)).toBe('oklch(0.630 0.2100 26)')
    expect(readColour('blue-0', textColours)).toBe('oklch(1.000 0.0000 256)')
    expect(readColour('alpha-70', textColours)).toBe('color-mix(in srgb, var(--text) 70%, transparent)')
    expect(readColour('#1769C8', textColours)).toBe('#1769c8')
    expect(readColour('rebeccapurple', textColours)).toBe('rebeccapurple')
    expect(readColour('rgb(255 255 255 / 30%)', textColours)).toBe('rgb(255 255 255 / 30%)')
    expect(readColour({ light: 'red-100', dark: '#300' }, textColours)).toMatch(
      /^light-dark\(oklch\(.*\), #300\)$/,
    )
    expect(readColour({ light: 'secondary' }, textColours)).toBe('var(--muted)')
  })

  test('[WIDGET-12] shades grow darker from 0 to 1000, each of them a colour', () => {
    const lightness = (step: number): number =>
      Number(/oklch\(([\d.]+)/.exec(readColour(`green-${step}`, textColours) ?? '')?.[1])
    const steps = [0, 25, 50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000].map(lightness)
    expect(steps).toEqual(steps.toSorted((one, other) => other - one))
    expect(steps.at(-1)).toBeGreaterThan(0)
  })

  test('[WIDGET-12] gradients are taken behind things, for each scheme too, and not as colours', () => {
    const gradient = 'linear-gradient(111deg, #1769c8 0%, rgb(0 0 0 / 50%) 56.92%)'
    expect(readPaint(gradient, surfaceColours)).toBe(gradient)
    expect(readColour(gradient, textColours)).toBeUndefined()
    expect(readPaint({ light: gradient, dark: 'surface' }, surfaceColours)).toBe(
      `var(--in-light, ${gradient}) var(--in-dark, var(--surface))`,
    )
    expect(readPaint({ light: 'red', dark: 'blue' }, surfaceColours)).toBe('light-dark(red, blue)')
  })

  test.each([
    'url(https://elsewhere.example/x.png)',
    'linear-gradient(red, url(//elsewhere.example/x))',
    'linear-gradient(red, blue), url("https://elsewhere.example")',
    'image-set("https://elsewhere.example/x.png" 1x)',
    'cross-fade(url(a), url(b))',
    'element(#other)',
    'paint(worklet)',
    'var(--secret)',
    'rgb(var(--secret))',
    'attr(title)',
    'env(safe-area-inset-top)',
    'expression(alert(1))',
    'red; position: fixed',
    'red} * {display: none',
    'rgb(0,0,0)) , url(x',
    'u\\72l(https://elsewhere.example)',
    'rgb(0 0 0 /* hidden */)'.replace('hidden', '\n'),
    '"red"',
    'red\u0000',
    `#${'f'.repeat(500)}`,
    'a'.repeat(100_000),
    'mauve-500',
    'constructor-500',
    'red-5000',
  ])('[WIDGET-12] %j is no colour and nothing to paint', (value) => {
    expect(readColour(value, textColours)).toBeUndefined()
    expect(readPaint(value, surfaceColours)).toBeUndefined()
    expect(readPaint({ light: value, dark: value }, surfaceColours)).toBeUndefined()
  })

  test.each([null, undefined, 7, true, [], {}, ['red'], { light: 7, dark: {} }])(
    '[WIDGET-14] %j is none either',
    (value) => {
      expect(readColour(value, textColours)).toBeUndefined()
      expect(readPaint(value, surfaceColours)).toBeUndefined()
    },
  )
})
