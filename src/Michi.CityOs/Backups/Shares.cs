namespace Michi.CityOs.Backups;

/// <summary>Shows how much is done of entities, of what the history knows them by, and of their points, which take about as long together as the rest.</summary>
/// <param name="entities">How many there are; about as many have a history.</param>
internal sealed class Shares(IProgress<double> progress, long entities)
{
    private const double OfEntities = 0.3, OfHistories = 0.2;

    private long _entities, _histories, _allSeries, _series;

    public void Entity() => Report(OfEntities, ++_entities, entities, 0);

    /// <param name="series">Of an entity, whose points come later.</param>
    public void History(int series)
    {
        _allSeries += series;
        Report(OfHistories, ++_histories, entities, OfEntities);
    }

    public void Series() => Report(1 - OfEntities - OfHistories, ++_series, _allSeries, OfEntities + OfHistories);

    private void Report(double share, long done, long all, double before)
    {
        if (done % 100 == 0) progress.Report(before + share * Math.Min(1, done / (double)Math.Max(1, all)));
    }
}
