import type { ColorScheme, ThemeOptions } from '../options.ts'

export type ThemeSetter = (theme: ColorScheme | ThemeOptions | undefined) => void

/**
 * Returns what sets a theme in the place of the one before. It costs nothing while the theme stays the same. Light and dark are set
 * at once; what more a theme has is loaded for the first that has more.
 */
export function createThemeFollower(style: CSSStyleDeclaration): ThemeSetter {
  let known: string | undefined
  let latest: ColorScheme | ThemeOptions | undefined
  let setWhole: ThemeSetter | undefined

  async function load(): Promise<void> {
    const { createThemeSetter } = await import('./apply-theme.ts')
    setWhole ??= createThemeSetter(style)
    setWhole(latest)
  }

  return (theme) => {
    const now = JSON.stringify(theme)
    if (now === known) return
    known = now
    latest = theme
    if (setWhole !== undefined) return setWhole(theme)
    // Pages without a compiler also write null.
    const scheme = typeof theme === 'object' ? theme?.colorScheme : theme
    style.colorScheme = scheme === 'light' || scheme === 'dark' ? scheme : ''
    if (typeof theme === 'object' && theme !== null) void load()
  }
}
