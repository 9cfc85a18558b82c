import type { Props } from "@theme/Layout/Provider";
import InitProvider from "@theme-init/Layout/Provider";
import Fingerpost from "@theme/Fingerpost";

/** The chat stands beside every page, inside of what its code blocks need (colour mode and the like). */
export default function LayoutProvider({ children }: Props): React.JSX.Element {
  return (
    <InitProvider>
      {children}
      <Fingerpost />
    </InitProvider>
  );
}
