/**
 * Stands in the package where the protocol's library has its validator of JSON schemas: it would check what a user fills
 * into a form that a tool asks for, none of our tools asks, and it would be a thirtieth of the package.
 */
export class AjvJsonSchemaValidator {
  getValidator(): never {
    throw new Error('Perjoule asks agents for no forms, so it carries nothing that checks one.');
  }
}
