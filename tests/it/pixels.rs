//! Where every pixel comes to lie and what colour it has, as an independent decoder sees it.
