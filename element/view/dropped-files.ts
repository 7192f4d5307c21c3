/**
 * The files that are pasted. A text processor puts a picture of its text beside the text: who pastes from there means the text.
 */
export function pastedFiles(data: DataTransfer | null): File[] {
  if (data === null || data.files.length === 0) return []
  const isText =
    data.types.includes('text/plain') && (data.types.includes('text/html') || data.types.includes('text/rtf'))
  return isText ? [] : [...data.files]
}

/** The files that are dropped, without folders, which have no bytes. */
export function droppedFiles(data: DataTransfer | null): File[] {
  return [...(data?.items ?? [])].flatMap((item) => {
    if (item.webkitGetAsEntry()?.isDirectory === true) return []
    return item.getAsFile() ?? []
  })
}

/** Whether what is dragged over the page are files. */
export function hasFiles(data: DataTransfer | null): boolean {
  return data?.types.includes('Files') === true
}
