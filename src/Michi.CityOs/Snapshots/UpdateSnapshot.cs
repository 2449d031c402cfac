using Michi.CityOs.Api;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.4 Update Snapshot Status: how important it is, how long it lives, and who is told of it.</summary>
internal static class UpdateSnapshot
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType();
        var fragment = SnapshotInput.Read(await call.ReadBodyAsync(), hasQueries: false, isFragment: true);
        if (fragment["id"] is { } told && told.GetValue<string>() != id) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        var now = call.Services.Clock.GetUtcNow();
        var changed = await call.Services.Snapshots.ChangeAsync(
            call.Tenant,
            id,
            there =>
            {
                var merged = there.With(fragment.Select(m => KeyValuePair.Create(m.Key, m.Key == "snapshotPriority" && m.Value is null ? Snapshot.UsualPriority : m.Value?.DeepClone())));
                return fragment.ContainsKey("snapshotLifetime") ? merged.With(SnapshotBook.Times(merged.Told, now)) : merged;
            },
            call.Cancel);
        await RetrieveSnapshot.AnswerAsync(call, type, changed);
    }
}
