import { expect, test } from 'vitest'
import { cleanFileName, contentDisposition, fileNameBytesMax } from './names.ts'

test.each([
  ['report.pdf', 'report.pdf'],
  ['../../etc/passwd', 'passwd'],
  ['..\\..\\windows\\win.ini', 'win.ini'],
  ['/absolute/a.txt', 'a.txt'],
  ['C:\\fakepath\\photo.jpg', 'photo.jpg'],
  ['folder/', 'folder'],
  ['a\0.txt', 'a.txt'],
  ['a\r\nSet-Cookie: x=1.txt', 'aSet-Cookie_ x=1.txt'],
  ['"quoted".txt', '_quoted_.txt'],
  ['photo\u202Egpj.exe', 'photogpj.exe'],
  ['a\u2066b\u2069\u200b.txt', 'ab.txt'],
  ['CON', '_CON'],
  ['con.txt', '_con.txt'],
  ['LPT1.tar.gz', '_LPT1.tar.gz'],
  ['console.txt', 'console.txt'],
  ['trailing. . ', 'trailing'],
  ['...hidden', 'hidden'],
  ['', 'file'],
  ['///', 'file'],
  ['..', 'file'],
  ['\u202e', 'file'],
  ['Übung 👩‍👩‍👧.md', 'Übung 👩‍👩‍👧.md'],
  ['lone \ud800.txt', 'lone \uFFFD.txt'],
])('[FILE-6] [U-03] GHSA-qrm5-r67f-6692: a name is only a name: %j', (given, cleaned) => {
  expect(cleanFileName(given)).toBe(cleaned)
})

test('[FILE-6] [U-03] a long name is cut before its extension, and never within a character', () => {
  for (const letter of ['x', 'ü', '世', '😀']) {
    const name = cleanFileName(`${letter.repeat(5_000)}.html.png`)
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(fileNameBytesMax)
    expect(Buffer.byteLength(name)).toBeGreaterThan(fileNameBytesMax - 5)
    expect(name).toMatch(/\.png$/)
    expect(name.isWellFormed()).toBe(true)
  }
})

test('[FILE-6] [U-02] CVE-2026-45315: an extension that its type does not have gets the right one behind it', () => {
  expect(cleanFileName('page.html', ['png'])).toBe('page.html.png')
  expect(cleanFileName('photo.JPEG', ['jpg', 'jpeg'])).toBe('photo.JPEG')
  expect(cleanFileName('photo', ['jpg', 'jpeg'])).toBe('photo.jpg')
  expect(cleanFileName(`${'x'.repeat(300)}.exe`, ['png'])).toMatch(/^x+\.png$/)
})

test('[FILE-6] [U-03] a header holds any name: ASCII for old readers, all of it for others', () => {
  expect(contentDisposition('attachment', "naïve 'file' (1)*.txt")).toBe(
    `attachment; filename="na_ve 'file' (1)*.txt"; filename*=UTF-8''na%C3%AFve%20%27file%27%20%281%29%2A.txt`,
  )
  for (const name of ['a"; filename="b', 'a\r\nX: y', '\ud800', '100%', 'a\\', '😀']) {
    const header = contentDisposition('inline', name)
    // oxlint-disable-next-line no-control-regex -- none may be in it
    expect(header).toMatch(/^inline; filename="[^"\\%\u0000-\u001f]*"; filename\*=UTF-8''[\w%.!#$&+^`|~-]*$/)
    expect(new Headers({ 'content-disposition': header }).get('content-disposition')).toBe(header)
  }
})
