export { ErrorBoundary as default } from "./context";
