import type { Props } from "@theme/Navbar/Search";
import InitNavbarSearch from "@theme-init/Navbar/Search";
import AskEntry from "@theme/Fingerpost/AskEntry";
import { useOptions } from "docusaurus-theme-fingerpost/client";
import styles from "./styles.module.css";

/** The site's search, whatever it is, with "Ask" beside it. */
export default function NavbarSearch({ children, ...props }: Props): React.JSX.Element {
  if (!useOptions().navbar) return <InitNavbarSearch {...props}>{children}</InitNavbarSearch>;
  return (
    <InitNavbarSearch {...props}>
      <div className={styles.beside}>
        {children}
        <AskEntry />
      </div>
    </InitNavbarSearch>
  );
}
