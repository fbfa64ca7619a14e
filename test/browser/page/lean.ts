/** What a page that only opens a store has to load. */
import { open } from 'varve'

Object.assign(globalThis, { open })
