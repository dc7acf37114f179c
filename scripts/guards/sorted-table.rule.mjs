// ESLint rule: the literal map of a registry, and any other table in capitals at the top of its file, is sorted by key, so that
// two people adding an entry meet in the diff and a missing one is seen.

const TABLE_NAME = /^[A-Z][A-Z0-9_]*$/;

/** @type {import('eslint').Rule.RuleModule} */
export const sortedTable = {
  meta: { type: 'problem', schema: [], messages: { order: '"{{key}}" of {{table}} belongs before "{{previous}}": a table is sorted by key.' } },
  create(context) {
    return {
      'Program > VariableDeclaration > VariableDeclarator, Program > ExportNamedDeclaration > VariableDeclaration > VariableDeclarator'(node) {
        const literal = literalOf(node.init);
        if (!literal || !TABLE_NAME.test(node.id.name)) return;
        const keys = literal.properties.filter((property) => property.type === 'Property').map((property) => ({ property, key: keyOf(property) }));
        for (const [place, { property, key }] of keys.entries()) {
          const previous = keys[place - 1]?.key;
          if (previous !== undefined && key < previous) context.report({ node: property, messageId: 'order', data: { key, previous, table: node.id.name } });
        }
      },
    };
  },
};

const keyOf = ({ key }) => String(key.name ?? key.value);

// `{...} as const satisfies X` and `Object.freeze({...})` hold the literal too.
function literalOf(node) {
  if (node?.type === 'ObjectExpression') return node;
  if (node?.type === 'CallExpression') return literalOf(node.arguments[0]);
  return node?.expression ? literalOf(node.expression) : undefined;
}
