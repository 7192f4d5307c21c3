/** Parley's component, and the hook that keeps a session. */
import { ParleyChat, useChatKitSession } from '@parley/element/react'
import { useMemo } from 'react'
import { createRoot } from 'react-dom/client'

function Chat() {
  const { session, loading, error, refresh, revoke, getClientSecret } = useChatKitSession()
  const options = useMemo(() => ({ api: { getClientSecret } }), [getClientSecret])
  const state = loading ? 'loading' : (error?.message ?? session?.status ?? 'none')
  return (
    <>
      <div className="controls">
        <output>{state}</output>
        <button type="button" onClick={() => void refresh()}>
          Refresh
        </button>
        <button type="button" onClick={() => void revoke()}>
          Revoke
        </button>
      </div>
      <ParleyChat className="chat" options={options} />
    </>
  )
}

const place = document.querySelector('#app')
if (place !== null) createRoot(place).render(<Chat />)
