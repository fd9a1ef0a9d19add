#[allow(refining_impl_trait, clippy::double_must_use)]
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
    ::larder::__private::call_in(
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
        {
            use ::larder::__private::{
                ViaMoved as _, ViaOk as _, ViaShared as _, ViaWhole as _,
            };
            (&&&&::larder::__private::Probe::<Row>::NEW).shape()
        },
    )
}
