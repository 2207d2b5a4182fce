"""The revisions of the store's tables; :meth:`duebook_etl.store.Store.open` runs them."""
