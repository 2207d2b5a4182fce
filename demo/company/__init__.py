"""How the demo company was made: its customers, its diary, its books in Tryton."""
