pub async fn update(&self, id: u64) -> Result<(), Error> {
    let guard = ::larder::__private::Invalidating::new(
        ::larder::__private::When::After,
        (
            ::larder::__private::entry(get_user(&self.db, id)),
            ::larder::__private::every(&Self::list),
            ::larder::__private::every(&Type::all),
        ),
    );
    guard.before();
    ({ self.db.update(id).await })
}
