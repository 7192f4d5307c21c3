import '@parley/element'
import { mount } from 'svelte'
import Chat from './chat.svelte'

const target = document.querySelector('#app')
if (target !== null) mount(Chat, { target })
