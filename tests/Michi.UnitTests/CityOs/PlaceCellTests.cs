using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs.Storage;

namespace Michi.UnitTests.CityOs;

/// <summary>Places are found by ranges of cells: none is missed, and not much is looked at in vain.</summary>
public sealed class PlaceCellTests
{
    private static readonly CellBox Whole = CellBox.Of(-180, -90, 180, 90);

    [Theory, InlineData(103.856, 13.362), InlineData(-180, -90), InlineData(180, 90), InlineData(0, 0), InlineData(1e300, double.NegativeInfinity)]
    public void Covering_Position_IsOneCellOfTheFinestLevel(double longitude, double latitude)
    {
        var cell = Assert.Single(PlaceCell.Covering(CellBox.Of(longitude, latitude, longitude, latitude)));
        Assert.Equal(15, cell.Level);
        Assert.True(cell.Touches(Whole));
    }

    [Fact]
    public void Covering_WholeEarth_IsOneCell()
    {
        var cell = Assert.Single(PlaceCell.Covering(Whole));
        Assert.Equal(new PlaceCell(0), cell);
        Assert.Equal((PlaceCell.FirstOf(0)!.Value, new PlaceCell(0)), Assert.Single(PlaceCell.Ranges(CellBox.Of(1, 1, 2, 2), 0)));
        Assert.Null(PlaceCell.FirstOf(16));
    }

    [Fact]
    public void Touches_PositionsAroundABox_TellsThemApart()
    {
        var box = CellBox.Of(103.85, 13.35, 103.86, 13.36);
        PlaceCell At(double longitude, double latitude) => PlaceCell.Covering(CellBox.Of(longitude, latitude, longitude, latitude)).Single();
        Assert.True(At(103.85, 13.35).Touches(box));
        Assert.True(At(103.86, 13.36).Touches(box));
        foreach (var (longitude, latitude) in new[] { (103.8499999, 13.355), (103.8600010, 13.355), (103.855, 13.3499990), (103.855, 13.3600010), (-103.855, 13.355), (103.855, -13.355) })
            Assert.False(At(longitude, latitude).Touches(box), $"{longitude} {latitude}");
    }

    /// <summary>Wherever a shape and a box touch, a range of the box has a cell of the shape.</summary>
    [Fact]
    public void Ranges_RandomShapesAndBoxes_FindEveryShapeThatTouches()
    {
        var size = Gen.Elements(0.0, 1e-7, 1e-4, 0.01, 0.3, 5, 100, 400);
        var parts = Gen.Choose(0, 1_000_000).Select(n => n / 1e6);
        var boxes = from width in size
                    from height in size
                    from x in parts
                    from y in parts
                    from dx in parts
                    from dy in parts
                    select (X: x * 360 - 180, Y: y * 180 - 90, Width: width * dx, Height: height * dy);
        Prop.ForAll(boxes.Two().ToArbitrary(), Gen.Elements(true, false).ToArbitrary(), (two, isNear) =>
        {
            var (a, b) = (two.Item1, two.Item2);
            // By chance small ones hardly ever touch.
            if (isNear) (b.X, b.Y) = (a.X + a.Width / 2, a.Y + a.Height / 2);
            var (shape, box) = (CellBox.Of(a.X, a.Y, a.X + a.Width, a.Y + a.Height), CellBox.Of(b.X, b.Y, b.X + b.Width, b.Y + b.Height));
            var touch = a.X <= b.X + b.Width && b.X <= a.X + a.Width && a.Y <= b.Y + b.Height && b.Y <= a.Y + a.Height;

            PlaceCell[] cells = [.. PlaceCell.Covering(shape)];
            var ranges = PlaceCell.Ranges(box, cells[0].Level);

            Assert.InRange(cells.Length, 1, 4);
            Assert.InRange(ranges.Count, 1, 16);
            Assert.All(cells, c => Assert.True(c.Level == cells[0].Level && c.Touches(shape)));
            var found = cells.Where(c => c.Touches(box)).ToList();
            Assert.True(!touch || found.Count > 0);
            Assert.All(found, c => Assert.Contains(ranges, r => r.First.Code <= c.Code && c.Code <= r.Last.Code));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(5_000));
    }

    [Fact]
    public void Write_AnyCell_SortsAndReadsBack()
    {
        var cells = new ulong[] { 0, 1, 255, 256, 1ul << 60, ulong.MaxValue }.Select(c => new PlaceCell(c)).ToList();
        var bytes = cells.ConvertAll(c => { var to = new byte[PlaceCell.Size]; c.Write(to); return to; });
        Assert.Equal(cells, bytes.Select(b => PlaceCell.Read(b)));
        for (var i = 1; i < bytes.Count; i++) Assert.True(bytes[i - 1].AsSpan().SequenceCompareTo(bytes[i]) < 0);
    }
}
