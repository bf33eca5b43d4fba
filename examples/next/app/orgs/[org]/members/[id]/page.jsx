export default async function Member({ params }) {
  const { id } = await params
  return <p>{id}</p>
}
