// A harmless value in place of a module that is not installed: whatever is asked of it is itself again.
// Spread into an object it leaves a key behind, `...NAME`, so that what is lacking there can be told.

const NAME = Symbol('name of the missing module');

/** A stand-in for the module `name`: can be called, constructed, iterated (it holds itself) and read. */
export function makeStandIn(name) {
  const itself = new Proxy(function () {}, {
    apply: () => itself,
    construct: () => itself,
    ownKeys: (target) => [...Reflect.ownKeys(target), `...${name}`],
    getOwnPropertyDescriptor(target, key) {
      const left = {value: itself, enumerable: true, configurable: true, writable: true};
      return key === `...${name}` ? left : Reflect.getOwnPropertyDescriptor(target, key);
    },
    get(target, key) {
      if (key === NAME) return name;
      if (key === 'then') return undefined; // else `await` would never end
      if (key === Symbol.iterator) return function* () { yield itself; };
      if (key === Symbol.toPrimitive) return () => '';
      if (key === '__esModule') return true;
      return String(key).startsWith('__') ? undefined : itself; // loaders leave marks such as __JITI_ERROR__
    },
  });
  return itself;
}

/** The name of the module that `value` stands in for, or undefined. */
export function standsInFor(value) {
  return typeof value === 'function' ? value[NAME] : undefined;
}
