using System.Threading.Channels;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>What waits is worked on together.</summary>
internal static class Groups
{
    /// <summary>Takes what waits, as much as a group may have, and works on it; again and again until nothing more can come.</summary>
    /// <param name="most">Sum of the sizes in one group at most.</param>
    public static async Task WorkAsync<T>(this ChannelReader<T> waiting, int most, Func<T, int> size, Func<List<T>, Task> work)
    {
        List<T> group = [];
        while (await waiting.WaitToReadAsync())
        {
            group.Clear();
            var sum = 0;
            while (sum < most && waiting.TryRead(out var one))
            {
                group.Add(one);
                sum += size(one);
            }
            // Another may have taken all that waited.
            if (group.Count > 0) await work(group);
        }
    }
}
