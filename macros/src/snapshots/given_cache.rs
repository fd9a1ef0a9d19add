#[allow(refining_impl_trait, clippy::implied_bounds_in_impls, clippy::double_must_use)]
fn find(
    &self,
    id: u64,
) -> ::larder::Call<
    impl ::larder::Memoized<
        Output = Row,
        Key = u64,
        Body: ::core::marker::Send,
    > + ::core::marker::Send,
> {
    let __shape = ::larder::__private::shape!(Row);
    ::larder::__private::stored(__shape)
        .call_in(
            &self.rows,
            ::larder::__private::Borrowed,
            (id,),
            move |(arg0,), ask| ask.with(::larder::__private::leaf(arg0)),
            move |(id,)| async move {
                if false {
                    return ::larder::__private::output::<Row>();
                }
                ({ self.load(id).await })
            },
            __shape,
        )
}
