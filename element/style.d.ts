declare module '*.css?inline' {
  const text: string
  // The shape of the module is the bundler's, not ours.
  // oxlint-disable-next-line import/no-default-export
  export default text
}
