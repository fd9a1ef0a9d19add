pub async fn update(&self, id: u64) -> Result<(), Error> {
    let guard = ::larder::__private::Invalidating::new(
        ::larder::__private::When::After,
        (
            ::larder::__private::entry(get_user(&self.db, id)),
            ::larder::__private::every(&Self::list),
            ::larder::__private::every(&Type::all),
        ),
    );
    guard.before_settled().await;
    let output = async {
        if false {
            return ::larder::__private::output::<Result<(), Error>>();
        }
        ({ self.db.update(id).await })
    }
        .await;
    guard.after_settled().await;
    output
}
