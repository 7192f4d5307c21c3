import { controls } from './controls/controls.ts'
import { Box, Col, Divider, Row, Spacer, Transition } from './display/layout.tsx'
import { Icon, Image } from './display/pictures.tsx'
import { Basic, Card, ListView, ListViewItem } from './display/roots.tsx'
import { Table } from './display/tables.tsx'
import { Badge, Caption, Markdown, Text, Title } from './display/texts.tsx'
import { Unknown } from './display/unknown.tsx'
import { hostComponent } from './host-component.tsx'
import { Children, unknownType } from './node-view.tsx'
import { registeredWidgets } from './register-widget.ts'
import type { WidgetComponent } from './widget-parts.ts'

/** ChatKit's components by the type of their nodes. */
const ownComponents: ReadonlyMap<string, WidgetComponent> = new Map(
  Object.entries<WidgetComponent>({
    Card,
    ListView,
    ListViewItem,
    Basic,
    Box,
    Row,
    Col,
    Spacer,
    Divider,
    Transition,
    Text,
    Title,
    Caption,
    Markdown,
    Badge,
    Icon,
    Image,
    Table,
    // A table draws its rows and cells itself; outside of one they are just what is in them.
    'Table.Row': Children,
    'Table.Cell': Children,
    ...controls,
    [unknownType]: Unknown,
  }),
)

/** All components there are now: ChatKit's, and those that the page has registered. */
export function allComponents(): ReadonlyMap<string, WidgetComponent> {
  const registered = registeredWidgets()
  if (registered.size === 0) return ownComponents
  const components = new Map(ownComponents)
  for (const [type, draw] of registered) components.set(type, hostComponent(draw))
  return components
}
