import type { VNode } from 'preact';
import { MissingThing, MOST_LINKS } from './html-criterion.tsx';
import { FindingLinks } from './html-parts.tsx';
import { visible } from './text.ts';
import type { View } from './view.ts';
import { MISSING_TITLES } from './words.ts';

const Named = ({ ids, view }: { ids: readonly string[]; view: View }): VNode | null => {
  const known = ids.flatMap((id) => view.findings.get(id) ?? []);
  return known.length === 0 ? null : <FindingLinks findings={known.slice(0, MOST_LINKS)} />;
};

/** What is still to be done, by kind, each thing once with the criteria that ask for it. */
export const ToDoList = ({ view }: { view: View }): VNode => {
  if (view.toDo.length === 0) return <p>Nothing is left open by the criteria.</p>;
  const kinds = [...new Set(view.toDo.map(({ what }) => what))];
  return (
    <>
      {kinds.map((kind) => (
        <section class="todo">
          <h3>{MISSING_TITLES[kind]}</h3>
          <ul>
            {view.toDo
              .filter(({ what }) => what === kind)
              .map(({ what, detail, criteria, components, findings }) => (
                <li>
                  {components.length > 0 ? <b>{visible(components.join(', '), 400)}: </b> : null}
                  <MissingThing missing={{ what, detail }} view={view} /> <Named ids={findings} view={view} />
                  <span class="for">{visible(criteria.join(', '))}</span>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </>
  );
};
