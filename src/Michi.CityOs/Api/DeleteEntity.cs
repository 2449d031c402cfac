namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.6 Delete Entity.</summary>
internal static class DeleteEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "type", "via");
        NgsiLdCall.CheckId(id);
        await call.ReadContextAsync();
        await call.ChangeAsync(id, (current, _) =>
        {
            call.Gate(current, id);
            return null;
        });
        await call.DoneAsync();
    }
}
