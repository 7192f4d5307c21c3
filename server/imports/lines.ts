/** The lines of a file as it is read: of one that is too long, nothing but its number is kept. */

export interface Line {
  /** From 1. */
  number: number
  /** Null: it is longer than `lineBytesMax`. */
  text: string | null
  /** Of the file, to the end of this line. */
  bytesRead: number
  /** False for a last line that was not ended: whoever wrote it may have been killed. */
  isEnded: boolean
}

const newline = 0x0a

/** `lineBytesMax` counts without the line's end. What is no UTF-8 becomes U+FFFD. */
export async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  lineBytesMax: number,
): AsyncGenerator<Line> {
  let held: Uint8Array[] = []
  let heldBytes = 0
  let number = 0
  let bytesRead = 0
  const take = (isEnded: boolean): Line => {
    number += 1
    const text = heldBytes > lineBytesMax ? null : Buffer.concat(held).toString('utf8')
    const line = { number, text, bytesRead, isEnded }
    held = []
    heldBytes = 0
    return line
  }
  const hold = (piece: Uint8Array): void => {
    heldBytes += piece.byteLength
    if (heldBytes > lineBytesMax) held = []
    else held.push(piece)
  }
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      hold(chunk.subarray(from, end))
      bytesRead += end + 1 - from
      from = end + 1
      yield take(true)
    }
    hold(chunk.subarray(from))
    bytesRead += chunk.byteLength - from
  }
  if (heldBytes > 0) yield take(false)
}
